import './crossentropy';
