// Starts swagger-ui over our own description. Nothing is loaded from or sent to anywhere else.
/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: false,
  // Would ask validator.swagger.io.
  validatorUrl: null,
});
